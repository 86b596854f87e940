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

const LOG = 'the log as a separate reader is given it when it catches up over new connections'

/** From outside the database cannot be read: what stands for it. */
export const judgedBy: Readonly<Record<Invariant, string>> = {
  I1: `${LOG}; what is on the disk shows only after a power cut`,
  I2: `${LOG}; posts by their command ids, other commands by the seq of their answers`,
  I3: `${LOG}, the head and the messages of list-messages`,
  I4: LOG,
  I5: `${LOG}; streams of persons are not judged`,
  I6: `${LOG}, and the clock of this machine`,
  I7: LOG,
  I8: `${LOG}; what people do who are not of the check counts as theirs`,
  I9: LOG,
  I10: 'what came over every socket of the check, of members, of those who left, and of a stranger who asks',
  I11: 'the clients, over their own connections',
  I12: 'requests over new connections, at whichever instance they arrive',
}
