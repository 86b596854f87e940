import { useEffect, useState } from 'preact/hooks'

const LINE_PX = 22.5
const SHARE = 0.4

/** How many lines fill two fifths of the window, which shrinks when a keyboard comes up. */
export function useMaxRows(): number {
  const [rows, setRows] = useState(maxRows)
  useEffect(() => {
    const update = (): void => setRows(maxRows())
    addEventListener('resize', update)
    return () => removeEventListener('resize', update)
  }, [])
  return rows
}

function maxRows(): number {
  return Math.max(2, Math.floor((innerHeight * SHARE) / LINE_PX))
}
