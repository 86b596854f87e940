import { Dialog } from '../kit/Dialog.tsx'
import { Kbd } from '../kit/Kbd.tsx'
import styles from './ShortcutsDialog.module.css'
import { type ShortcutGroup, shortcuts } from './shortcuts.ts'

const GROUPS: readonly ShortcutGroup[] = ['Everywhere', 'Rooms', 'Messages']

export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  const all = shortcuts.value
  return (
    <Dialog title="Keyboard shortcuts" size="medium" onClose={onClose}>
      <div class={styles.groups}>
        {GROUPS.map((group) => {
          const listed = all.filter((shortcut) => shortcut.group === group)
          if (listed.length === 0) return null
          return (
            <section key={group} class={styles.group}>
              <h3 class={styles.title}>{group}</h3>
              <dl class={styles.list}>
                {listed.map(({ keys, about }) => (
                  <div key={`${keys} ${about}`} class={styles.row}>
                    <dt>{about}</dt>
                    <dd>
                      <Kbd keys={keys} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          )
        })}
      </div>
    </Dialog>
  )
}
