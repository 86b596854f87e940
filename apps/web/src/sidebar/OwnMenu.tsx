import { chat, useObservable } from '../chat.ts'
import { Avatar } from '../kit/Avatar.tsx'
import {
  ChevronUpIcon,
  DeviceIcon,
  KeyboardIcon,
  KeyIcon,
  PersonIcon,
  SettingsIcon,
  ShieldIcon,
  SignOutIcon,
} from '../kit/icons.tsx'
import { Menu } from '../kit/Menu.tsx'
import type { Presence } from '../kit/PresenceDot.tsx'
import { adminPath, navigate } from '../routes.ts'
import { showLayer } from '../shell/layers.ts'
import styles from './OwnMenu.module.css'

/** Who I am here, and what I can change about it. */
export function OwnMenu() {
  const me = useObservable(chat.me)
  const connection = useObservable(chat.connection)
  const presence: Presence = connection.phase === 'live' ? 'here' : 'gone'
  if (!me) return <div class={styles.place} />
  return (
    <div class={styles.place}>
      <Menu
        label="My menu"
        placement="top-start"
        items={[
          { label: 'Profile', icon: <PersonIcon />, onSelect: () => showLayer('profile') },
          { label: 'Account', icon: <KeyIcon />, onSelect: () => showLayer('account') },
          { label: 'Devices', icon: <DeviceIcon />, onSelect: () => showLayer('devices') },
          ...(me.role
            ? [{ label: 'Administration', icon: <ShieldIcon />, onSelect: () => navigate(adminPath('people')) }]
            : []),
          'separator',
          { label: 'Settings', icon: <SettingsIcon />, onSelect: () => showLayer('appearance') },
          {
            label: 'Keyboard shortcuts',
            icon: <KeyboardIcon />,
            keys: 'Mod+/',
            onSelect: () => showLayer('shortcuts'),
          },
          'separator',
          { label: 'Sign out', icon: <SignOutIcon />, onSelect: () => showLayer('sign-out') },
        ]}
        trigger={({ buttonRef, ...trigger }) => (
          <button {...trigger} ref={buttonRef} type="button" class={styles.me}>
            <Avatar name={me.displayName} seed={me.id} size="m" presence={presence} />
            <span class={styles.names}>
              <bdi class={styles.name}>{me.displayName}</bdi>
              <span class={styles.handle}>
                <bdi>@{me.handle}</bdi>
                {me.kind === 'guest' && ' · guest'}
              </span>
            </span>
            <span class="visually-hidden">, my menu</span>
            <ChevronUpIcon size="1rem" />
          </button>
        )}
      />
    </div>
  )
}
