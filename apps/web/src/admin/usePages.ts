import { useEffect, useRef, useState } from 'preact/hooks'
import { troubleWords } from '../account/trouble-words.ts'

interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: string | undefined
  readonly total: number
}

export interface Pages<Row> {
  /** Undefined until the first answer. */
  readonly rows: readonly Row[] | undefined
  readonly total: number
  readonly hasMore: boolean
  readonly isAsking: boolean
  readonly problem: string | undefined
  more(): void
  /** Asks again for as much as is shown. */
  refresh(): Promise<void>
}

interface Shown<Row> {
  readonly rows: readonly Row[] | undefined
  readonly next: string | undefined
  readonly total: number
}

/** A list that comes page by page. `question`: another one starts anew. */
export function usePages<Row>(
  question: string,
  askPage: (after: string | undefined) => Promise<Page<Row>>,
): Pages<Row> {
  const [shown, setShown] = useState<Shown<Row>>({ rows: undefined, next: undefined, total: 0 })
  const [isAsking, setAsking] = useState(false)
  const [problem, setProblem] = useState<string>()
  // Counts what was asked, so that a late answer to an older question is dropped.
  const turn = useRef(0)

  const load = async (read: () => Promise<Shown<Row>>): Promise<void> => {
    const mine = ++turn.current
    setAsking(true)
    setProblem(undefined)
    try {
      const found = await read()
      if (mine === turn.current) setShown(found)
    } catch (error) {
      const words = troubleWords(error)
      if (mine === turn.current) setProblem(words)
    } finally {
      if (mine === turn.current) setAsking(false)
    }
  }
  useEffect(() => void load(() => askPage(undefined)), [question])

  return {
    rows: shown.rows,
    total: shown.total,
    hasMore: shown.next !== undefined,
    isAsking,
    problem,
    more: () =>
      void load(async () => {
        const page = await askPage(shown.next)
        return { ...page, rows: [...(shown.rows ?? []), ...page.rows] }
      }),
    refresh: () =>
      load(async () => {
        let all: Shown<Row> = { ...(await askPage(undefined)) }
        while (all.next !== undefined && (all.rows?.length ?? 0) < (shown.rows?.length ?? 0)) {
          const page = await askPage(all.next)
          all = { ...page, rows: [...(all.rows ?? []), ...page.rows] }
        }
        return all
      }),
  }
}
