import { expect, test } from 'bun:test'
import { type LifeOptions, live } from './life.ts'
import { lifeOfSeed } from './seeds.ts'

// More of them: `npm run prove -- simulations`.
for (const seed of [1, 2, 3, 4]) {
  test(`clients on wires that break end equal to a fresh snapshot (seed ${seed})`, async () => {
    await succeeds(seed)
  }, 120_000)
}

for (const seed of [101, 102, 103]) {
  test(`[V6] so do clients of people who write to each other, block and change their names (seed ${seed})`, async () => {
    await succeeds(seed, { mingles: true })
  }, 120_000)
}

// Each found a fault once, and says so.
const MINGLED: Readonly<Record<number, string>> = {
  2: 'a deletion that comes while a count is being read is not counted; an answer older than what was told does not undo it',
  23: 'what was told of a room before it was left does not count once it is entered again',
}
for (const [seed, name] of Object.entries(MINGLED)) {
  test(`[E8] ${name} (seed ${seed})`, async () => {
    await succeeds(Number(seed), { mingles: true })
  }, 120_000)
}

// Posts, edits and removals cross each other; who was removed must end without the room, who was added again with all of it.
const MODERATED: Readonly<Record<number, string>> = {
  2: 'removal against post, and added again while the room says that it is closed',
  3: 'post, removal and edit on their way at once',
  4: 'bans and mutes that end meanwhile',
}
for (const [seed, name] of Object.entries(MODERATED)) {
  test(`[O1] ${name} (seed ${seed})`, async () => {
    await succeeds(Number(seed), { moderates: true })
  }, 120_000)
}

// And so did these.
const NAMED: Readonly<Record<number, string>> = {
  5: 'a post that follows its entering on the same connection is not judged before the entering',
  34: 'a rename that crossed the opening of another room reaches the sidebar',
  40: "a read marker's count does not overwrite what came after it was counted",
  15: 'a person who left meanwhile is told that the repeated post was stored',
  5577: 'a deletion counts down what is unread, also when nobody has posted since the server started',
  200: 'a refusal that was lost with its connection: the post, repeated, stands before what was sent after it',
}
for (const [seed, name] of Object.entries(NAMED)) {
  test(`[E5] ${name} (seed ${seed})`, async () => {
    await succeeds(Number(seed))
  }, 120_000)
}

// Both would be out of order if nothing waited for what was refused.
for (const seed of [13, 23]) {
  test(`[F3] who may post changes all the time, and refusals are lost like all else (seed ${seed})`, async () => {
    await succeeds(seed, { restrains: true })
  }, 120_000)
}

test('[G1] a lobby that lost a signal right after it was opened shows the truth in the end (seed 775)', async () => {
  await succeeds(775, { restrains: true })
}, 120_000)

async function succeeds(
  seed: number,
  how: Pick<LifeOptions, 'mingles' | 'moderates' | 'restrains'> = {},
): Promise<void> {
  const result = await live({ ...lifeOfSeed(seed), ...how })
  expect(result.violations).toEqual([])
  expect(result.faults).toEqual([])
  expect(result.events).toBeGreaterThan(50)
}
