import { amount } from '../say.ts'
import { THE_LOG } from './counted.ts'
import type { Verdict } from './judge.ts'
import type { CheckReport } from './run-check.ts'

const SHOWN_OF_EACH = 5
const MARKS = { held: 'held  ', broken: 'BROKEN', unjudged: '–     ' } as const

/** What a person reads: a line for each invariant, what was seen where one is broken, and what was removed. */
export function reportInWords(report: CheckReport): string {
  const { url, build, seed, people, rooms, seconds, lineCuts, verdicts, notes, removal } = report
  const talk = `${amount(people, 'person', 'people')} in ${amount(rooms, 'room')} for ${amount(seconds, 'second')}`
  const lines = [
    `${url} (build ${build}), seed ${seed}`,
    `${talk}; ${amount(lineCuts, 'line was', 'lines were')} cut.`,
    '',
    ...verdicts.flatMap(verdictInWords),
    '',
    ...byWhat(verdicts),
    ...notes.map((note) => `Note: ${note}`),
    removed(removal),
    ...removal.left.map((what) => `Not removed: ${what}.`),
    conclusion(verdicts),
  ]
  return `${lines.join('\n')}\n`
}

function verdictInWords({ invariant, promise, result, counted, violations }: Verdict): string[] {
  const more = violations.length - SHOWN_OF_EACH
  return [
    `${MARKS[result]} ${invariant.padEnd(3)} ${promise}: ${result === 'unjudged' ? 'nothing to judge it by' : counted}`,
    ...violations.slice(0, SHOWN_OF_EACH).map((what) => `           ${what}`),
    ...(more > 0 ? [`           and ${amount(more, 'more', 'more')}`] : []),
  ]
}

/** Invariants that were judged by the same share a line. */
function byWhat(verdicts: readonly Verdict[]): string[] {
  const groups = Map.groupBy(verdicts, ({ judgedBy }) => judgedBy)
  const lines = [...groups].map(([by, those]) => `  ${those.map(({ invariant }) => invariant).join(', ')}: ${by}`)
  return [`Seen from outside, where "the log" is ${THE_LOG}, it was judged by`, ...lines]
}

const removed = ({ rooms, people }: CheckReport['removal']): string =>
  `Removed: ${amount(rooms, 'room')}, ${amount(people, 'person', 'people')}, and all their messages.`

function conclusion(verdicts: readonly Verdict[]): string {
  const broken = verdicts.filter(({ result }) => result === 'broken').map(({ invariant }) => invariant)
  const held = verdicts.filter(({ result }) => result === 'held').length
  if (broken.length > 0) return `BROKEN: ${broken.join(', ')}.`
  return held === verdicts.length ? 'All twelve held.' : `${held} of ${verdicts.length} held, none was broken.`
}
