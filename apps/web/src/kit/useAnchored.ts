import { autoUpdate, computePosition, flip, offset, type Placement, shift, size } from '@floating-ui/dom'
import { useLayoutEffect } from 'preact/hooks'

export type { Placement }

export interface AnchoredOptions {
  readonly placement?: Placement
  /** Distance in CSS pixels. */
  readonly gap?: number
}

/** Shows `floating` in the top layer (it needs `popover="manual"`) and keeps it beside `anchor`, inside the window. */
export function useAnchored(anchor: Element | null, floating: HTMLElement | null, options: AnchoredOptions = {}): void {
  const { placement = 'bottom-start', gap = 6 } = options
  useLayoutEffect(() => {
    if (!anchor || !floating) return
    floating.showPopover()
    const place = async (): Promise<void> => {
      const { x, y } = await computePosition(anchor, floating, {
        strategy: 'fixed',
        placement,
        middleware: [
          offset(gap),
          flip({ padding: 8 }),
          shift({ padding: 8 }),
          size({ padding: 8, apply: limitHeight }),
        ],
      })
      floating.style.left = `${Math.round(x)}px`
      floating.style.top = `${Math.round(y)}px`
    }
    return autoUpdate(anchor, floating, place)
  }, [anchor, floating, placement, gap])
}

function limitHeight({ availableHeight, elements }: { availableHeight: number; elements: { floating: HTMLElement } }) {
  elements.floating.style.maxHeight = `${Math.max(96, Math.floor(availableHeight))}px`
}
