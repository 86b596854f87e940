import { useEffect } from 'preact/hooks'
import { closeLayer, openLayer, showLayer } from './layers.ts'
import { lazy } from './lazy.tsx'
import { tellNotLoaded } from './notices.ts'
import { ROOM_STEPS } from './room-steps.ts'
import { type Shortcut, useShortcuts } from './shortcuts.ts'

const onFailure = (): void => {
  closeLayer()
  tellNotLoaded()
}
const NewRoomDialog = lazy(() => import('../lobby/NewRoomDialog.tsx').then((module) => module.NewRoomDialog), onFailure)
const SettingsDialog = lazy(
  () => import('../settings/SettingsDialog.tsx').then((module) => module.SettingsDialog),
  onFailure,
)
const ShortcutsDialog = lazy(() => import('./ShortcutsDialog.tsx').then((module) => module.ShortcutsDialog), onFailure)
const SignOutDialog = lazy(() => import('./SignOutDialog.tsx').then((module) => module.SignOutDialog), onFailure)

const FRAME_SHORTCUTS: readonly Shortcut[] = [
  {
    keys: 'Mod+/',
    about: 'Show all shortcuts',
    group: 'Everywhere',
    run: () => {
      if (openLayer.peek() === 'shortcuts') closeLayer()
      else if (!document.querySelector('dialog:modal')) showLayer('shortcuts')
      else return false
      return true
    },
  },
  { keys: 'Escape', about: 'Close the top layer', group: 'Everywhere' },
  ...ROOM_STEPS,
]

/** The dialogs of the frame, fetched when the page has nothing else to do. */
export function Layers() {
  useShortcuts(FRAME_SHORTCUTS)
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const dialog of [NewRoomDialog, SettingsDialog, ShortcutsDialog, SignOutDialog]) dialog.preload()
    }, 1_500)
    return () => clearTimeout(timer)
  }, [])
  switch (openLayer.value) {
    case undefined:
      return null
    case 'new-room':
      return <NewRoomDialog onClose={closeLayer} />
    case 'profile':
    case 'account':
    case 'devices':
    case 'appearance':
      return <SettingsDialog section={openLayer.value} onClose={closeLayer} />
    case 'shortcuts':
      return <ShortcutsDialog onClose={closeLayer} />
    case 'sign-out':
      return <SignOutDialog onClose={closeLayer} />
  }
}
