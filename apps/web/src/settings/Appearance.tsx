import { PROTOCOL_VERSION } from '@parley/protocol'
import { version } from '../../package.json'
import { ComfortableIcon, CompactIcon, ContrastIcon, MoonIcon, SunIcon, SystemIcon } from '../kit/icons.tsx'
import { Logo } from '../kit/Logo.tsx'
import { SegmentedControl } from '../kit/SegmentedControl.tsx'
import { chooseDensity, chooseTheme, density, theme } from '../theme.ts'
import styles from './SettingsDialog.module.css'

/** How Parley looks on this device. */
export function Appearance() {
  return (
    <div class={styles.settings}>
      <SegmentedControl
        label="Theme"
        value={theme.value}
        onChange={chooseTheme}
        options={[
          { value: 'system', label: 'System', icon: <SystemIcon size="1.125rem" /> },
          { value: 'light', label: 'Light', icon: <SunIcon size="1.125rem" /> },
          { value: 'dark', label: 'Dark', icon: <MoonIcon size="1.125rem" /> },
          { value: 'contrast', label: 'High contrast', icon: <ContrastIcon size="1.125rem" /> },
        ]}
      />
      <SegmentedControl
        label="Density"
        value={density.value}
        onChange={chooseDensity}
        options={[
          { value: 'comfortable', label: 'Comfortable', icon: <ComfortableIcon size="1.125rem" /> },
          { value: 'compact', label: 'Compact', icon: <CompactIcon size="1.125rem" /> },
        ]}
      />
      <section class={styles.about} aria-label="About">
        <Logo size="2rem" />
        <div>
          <p>
            <strong>Parley {version}</strong>
            <span class={styles.faint}> · protocol {PROTOCOL_VERSION}</span>
          </p>
          <p class={styles.faint}>
            Free software on <bdi>{location.host}</bdi>. This page talks to that server and to nobody else.
          </p>
        </div>
      </section>
    </div>
  )
}
