import { useEffect, useRef } from 'preact/hooks'
import { loadInstance } from '../account/instance.ts'
import { Dialog } from '../kit/Dialog.tsx'
import { useRovingFocus } from '../kit/roving.ts'
import { SETTINGS_SECTIONS, type SettingsSection } from '../routes.ts'
import { showLayer } from '../shell/layers.ts'
import { Account } from './Account.tsx'
import { Appearance } from './Appearance.tsx'
import { Devices } from './Devices.tsx'
import { Profile } from './Profile.tsx'
import styles from './SettingsDialog.module.css'

export interface SettingsDialogProps {
  readonly section: SettingsSection
  readonly onClose: () => void
}

/** Everything about oneself, in four sections; each has an entry of its own in the own menu. */
export function SettingsDialog({ section, onClose }: SettingsDialogProps) {
  const tabs = useRef<HTMLDivElement>(null)
  useRovingFocus(tabs, { axis: 'horizontal' })
  useEffect(() => {
    // The dialog gives the focus to what comes first, which closes it.
    tabs.current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus()
    void loadInstance()
  }, [])
  return (
    <Dialog title="Settings" size="medium" onClose={onClose}>
      <div ref={tabs} class={styles.tabs} role="tablist" aria-label="Sections">
        {SETTINGS_SECTIONS.map((one) => (
          <button
            key={one}
            id={`tab-${one}`}
            type="button"
            role="tab"
            class={styles.tab}
            aria-selected={one === section}
            aria-controls="settings-section"
            tabIndex={one === section ? 0 : -1}
            data-roving
            onClick={() => showLayer(one)}
          >
            {TITLES[one]}
          </button>
        ))}
      </div>
      <div id="settings-section" class={styles.section} role="tabpanel" aria-labelledby={`tab-${section}`}>
        <Section section={section} />
      </div>
    </Dialog>
  )
}

const TITLES = { profile: 'Profile', account: 'Account', devices: 'Devices', appearance: 'Appearance' } as const

function Section({ section }: { readonly section: SettingsSection }) {
  switch (section) {
    case 'profile':
      return <Profile />
    case 'account':
      return <Account />
    case 'devices':
      return <Devices />
    case 'appearance':
      return <Appearance />
  }
}
