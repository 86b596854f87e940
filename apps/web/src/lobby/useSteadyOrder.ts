import { useRef, useState } from 'preact/hooks'
import { keepOrder } from './room-order.ts'

interface SteadyList<Room> {
  readonly rooms: readonly Room[]
  /** For the list's element. */
  readonly watch: {
    readonly onPointerEnter: (event: PointerEvent) => void
    readonly onPointerLeave: () => void
    readonly onFocusIn: () => void
    readonly onFocusOut: (event: FocusEvent) => void
  }
}

/** Holds the order of the first `shown` rooms while the pointer or the keyboard's focus is in the list. */
export function useSteadyOrder<Room extends { readonly id: string }>(
  rooms: readonly Room[],
  shown: number,
): SteadyList<Room> {
  const [isHovered, setHovered] = useState(false)
  const [isFocused, setFocused] = useState(false)
  const order = useRef<readonly string[]>([])
  const steady = isHovered || isFocused ? keepOrder(rooms, order.current) : rooms
  order.current = steady.slice(0, shown).map((room) => room.id)
  return {
    rooms: steady,
    watch: {
      // A finger that scrolls is no pointer that aims.
      onPointerEnter: (event) => setHovered(event.pointerType === 'mouse'),
      onPointerLeave: () => setHovered(false),
      onFocusIn: () => setFocused(true),
      onFocusOut: (event) => {
        const next = event.relatedTarget
        const list = event.currentTarget
        setFocused(list instanceof Node && next instanceof Node && list.contains(next))
      },
    },
  }
}
