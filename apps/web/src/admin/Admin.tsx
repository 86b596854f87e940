import { ADMIN_SECTIONS, type AdminSection, adminPath } from '../routes.ts'
import { SidebarToggle } from '../shell/SidebarToggle.tsx'
import styles from './Admin.module.css'
import { AllRooms } from './AllRooms.tsx'
import { Door } from './Door.tsx'
import { People } from './People.tsx'

const TITLES = { people: 'People', rooms: 'Rooms', settings: 'Settings' } as const

/** For owners and administrators: who is here, which rooms there are, who may come in. */
export function Admin({ section }: { readonly section: AdminSection }) {
  return (
    <div class={styles.admin}>
      <header class={styles.head}>
        <div class={styles.bar}>
          <SidebarToggle />
          <h1 class={styles.title} tabIndex={-1}>
            Administration
          </h1>
        </div>
        <nav class={styles.sections} aria-label="Administration">
          {ADMIN_SECTIONS.map((one) => (
            <a
              key={one}
              class={styles.section}
              href={adminPath(one)}
              aria-current={one === section ? 'page' : undefined}
            >
              {TITLES[one]}
            </a>
          ))}
        </nav>
      </header>
      <div class={styles.scroller}>
        <div class={styles.content}>
          {section === 'people' && <People />}
          {section === 'rooms' && <AllRooms />}
          {section === 'settings' && <Door />}
        </div>
      </div>
    </div>
  )
}
