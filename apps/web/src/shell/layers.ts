import { signal } from '@preact/signals'
import type { SettingsSection } from '../routes.ts'

/** Dialogs of the frame; one at a time. */
export type Layer = 'new-room' | SettingsSection | 'shortcuts' | 'sign-out'

export const openLayer = signal<Layer | undefined>(undefined)

export function showLayer(layer: Layer): void {
  openLayer.value = layer
}

export function closeLayer(): void {
  openLayer.value = undefined
}
