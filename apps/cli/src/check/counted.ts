import { amount } from '../say.ts'
import type { Invariant } from './history-checker.ts'
import type { EntryOf, HistoryEntry } from './history-entry.ts'

export interface Count {
  readonly count: number
  readonly words: string
}

/** What there was to judge each invariant by. */
export function counted(history: readonly HistoryEntry[], repeats: number): Record<Invariant, Count> {
  const all = <Kind extends HistoryEntry['kind']>(kind: Kind): EntryOf<Kind>[] =>
    history.filter((entry): entry is EntryOf<Kind> => entry.kind === kind)
  const rows = all('log')
  const oks = all('ok')
  const delivered = all('delivered')
  const events = delivered.reduce((sum, entry) => sum + entry.events.length, 0)
  const clients = new Set(delivered.map((entry) => entry.client)).size
  const shown = all('view').reduce((sum, entry) => sum + entry.messages.length, 0)
  const endings = rows.filter((row) => row.type === 'member-left' || row.type === 'member-removed').length
  const invokes = all('invoke').filter((entry) => entry.at > 0)
  const cursors = all('cursor')
  const silentAt = all('silence')[0]?.at ?? 0
  const slowest = Math.max(0, ...cursors.map((one) => Math.round(one.at - Math.max(silentAt, one.followedAt ?? 0))))
  const rooms = amount(all('head').length, 'room')
  const commands = amount(new Set(oks.map((ok) => `${ok.user} ${ok.id}`)).size, 'acknowledged command')
  const logged = amount(rows.length, 'event')
  return {
    I1: { count: oks.length, words: commands },
    I2: { count: rows.length, words: `${logged}, ${amount(repeats, 'repeat')} sent` },
    I3: { count: rows.length, words: `${logged} in ${rooms}` },
    I4: { count: oks.length, words: amount(oks.length, 'answer') },
    I5: {
      count: events,
      words: `${amount(events, 'event')} at ${amount(clients, 'person', 'people')}, ${amount(shown, 'message')} on their screens`,
    },
    I6: { count: rows.length, words: `${logged} against ${commands}` },
    I7: { count: all('intend').length, words: amount(all('intend').length, 'message') },
    I8: { count: rows.length, words: `${logged}, ${amount(all('refused').length, 'refusal')}` },
    I9: {
      count: invokes.length,
      words: `${amount(invokes.length, 'command')}, ${amount(all('unknown').length, 'outcome')} unknown to the end`,
    },
    I10: {
      count: events,
      words: `${amount(events, 'event')}, ${amount(endings, 'leaving or removal', 'leavings and removals')}`,
    },
    I11: {
      count: cursors.length,
      words: `${amount(cursors.length, 'cursor')}, the slowest after ${amount(slowest, 'ms', 'ms')}`,
    },
    I12: { count: all('read').length, words: amount(all('read').length, 'read') },
  }
}

/** From outside no database can be read: this is what stands for it. */
export const THE_LOG = 'what a separate reader is given when it catches up over new connections'

export const judgedBy: Readonly<Record<Invariant, string>> = {
  I1: 'the log; what is on the disk shows only after a crash',
  I2: 'the log: posts by their command ids, other commands by the seq they were answered with',
  I3: 'the log, and the head and messages of list-messages',
  I4: 'the log',
  I5: "the log, and what clients show against list-messages; people's own streams are not judged",
  I6: 'the log, and the clock of this machine',
  I7: 'the log',
  I8: 'the log; what people do who are not of the check counts as theirs',
  I9: 'the log; nearly every outcome becomes known, because clients ask until they are answered',
  I10: 'all that came over any connection: of members, of people who left or were removed, and of a stranger who asks',
  I11: 'the clients, over their own connections',
  I12: 'requests over new connections, at whichever instance they arrive',
}
