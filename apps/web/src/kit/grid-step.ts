export interface Cell {
  readonly row: number
  readonly column: number
}

/**
 * Where a key leads in a grid whose rows have `widths` cells: left and right run on over the rows' ends, up from the
 * first row leads out (`above`). Undefined when the key means nothing here.
 */
export function gridStep(key: string, at: Cell, widths: readonly number[], rtl = false): Cell | 'above' | undefined {
  const last = widths.length - 1
  const width = (row: number): number => widths[row] ?? 0
  const into = (row: number, column: number): Cell => ({ row, column: Math.min(column, width(row) - 1) })
  switch (rtl ? (MIRRORED[key] ?? key) : key) {
    case 'ArrowRight':
      if (at.column + 1 < width(at.row)) return into(at.row, at.column + 1)
      return at.row < last ? into(at.row + 1, 0) : at
    case 'ArrowLeft':
      if (at.column > 0) return into(at.row, at.column - 1)
      return at.row > 0 ? into(at.row - 1, width(at.row - 1) - 1) : at
    case 'ArrowDown':
      return at.row < last ? into(at.row + 1, at.column) : at
    case 'ArrowUp':
      return at.row > 0 ? into(at.row - 1, at.column) : 'above'
    case 'PageDown':
      return into(Math.min(last, at.row + 5), at.column)
    case 'PageUp':
      return into(Math.max(0, at.row - 5), at.column)
    case 'Home':
      return into(0, 0)
    case 'End':
      return into(last, width(last) - 1)
    default:
      return undefined
  }
}

const MIRRORED: Readonly<Record<string, string>> = { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft' }
