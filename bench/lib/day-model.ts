/**
 * What people do in the busiest hour of their day, each of them. Assumptions, on the busy side: nobody is missing, everybody
 * has Parley open, and what a person does not do elsewhere is done here. There is no search yet, so nobody searches.
 */
export const HABITS = {
  /** Rooms that a person belongs to; few rooms have most of the people (Zipf). */
  roomsEach: 6,
  peoplePerRoom: 10,
  /** People one talks to alone. */
  directsEach: 1,
  /** 40 a day, of which a fifth falls into this hour. */
  postsPerHour: 8,
  /** Of all posts: to one person alone. Half of them are looked at and answered at once. */
  directShare: 0.2,
  directAnswered: 0.5,
  /** How long a message is typed; one in three is given up. */
  typingMs: 8_000,
  givenUpPerPost: 1 / 3,
  reactionsPerHour: 2.4,
  /** Going to another of one's rooms. */
  switchesPerHour: 20,
  lobbyVisitsPerHour: 3,
  lobbyMs: 10_000,
  olderPagesPerHour: 4,
  /** After whatever they did, people look at the screen for so long, and what appears there is marked as read. */
  looksMs: 20_000,
  /** Phones lose their connection every five minutes, and are away for 10 s on average. */
  phones: 0.3,
  dropsPerHour: 12,
  awayMs: 10_000,
} as const

/** How often something is done, by all of them together, per second. */
export function ratesOf(
  people: number,
): Readonly<Record<'compose' | 'react' | 'visit' | 'lobby' | 'older' | 'drop', number>> {
  const all = (perHour: number) => (people * perHour) / 3_600
  // Answers are posts as well, but nobody begins them.
  const begun = HABITS.postsPerHour * (1 - HABITS.directShare * (HABITS.directAnswered / (1 + HABITS.directAnswered)))
  return {
    compose: all(begun + HABITS.postsPerHour * HABITS.givenUpPerPost),
    react: all(HABITS.reactionsPerHour),
    visit: all(HABITS.switchesPerHour),
    lobby: all(HABITS.lobbyVisitsPerHour),
    older: all(HABITS.olderPagesPerHour),
    drop: all(HABITS.dropsPerHour * HABITS.phones),
  }
}

/** Of what is begun to be typed: how much is given up, and how much of the rest goes to one person. */
export const composing = {
  givenUp: HABITS.givenUpPerPost / (1 + HABITS.givenUpPerPost),
  direct: HABITS.directShare / (1 + HABITS.directAnswered),
} as const

/** Draws 0 … size − 1, the n-th 1/n as often as the first. */
export function zipf(size: number): () => number {
  const upTo: number[] = []
  let sum = 0
  for (let place = 1; place <= size; place++) {
    sum += 1 / place
    upTo.push(sum)
  }
  return () => {
    const drawn = Math.random() * sum
    let low = 0
    let high = size - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((upTo[middle] ?? 0) < drawn) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The time until something happens that happens so often per second, in milliseconds. */
export function pause(perSecond: number): number {
  return (-Math.log(1 - Math.random()) * 1_000) / perSecond
}

export function oneOf<T>(values: readonly T[]): T | undefined {
  return values[Math.floor(Math.random() * values.length)]
}

/** As long as what people type: mostly a line, sometimes several. */
export function dayText(): string {
  const length = Math.random() < 0.1 ? 300 : 15 + Math.random() * 90
  return 'so the boats came in at dawn with more than anybody had asked for '.repeat(5).slice(0, length)
}
