import { expect, test } from 'bun:test'
import { Actor } from './actor.ts'
import { World } from './world.ts'

test("[G2] a person's new name reaches those who share an open room, and those who see the face in the lobby", async () => {
  const world = await World.begins({ seed: 1, loss: 0 })
  const [ann, bob, cleo] = [
    await Actor.arrives(world, 'Ann'),
    await Actor.arrives(world, 'Bob'),
    await Actor.arrives(world, 'Cleo'),
  ]
  const { scheduler, server } = world
  await scheduler.run({ isDone: () => [ann, bob, cleo].every((one) => one.isSettled), forMs: 10_000 })
  const made = ann.client.createRoom({ name: 'Designers' })
  await scheduler.run({ forMs: 1_000 })
  const { roomId } = await made
  for (const one of [ann, bob]) one.goesTo(roomId)
  cleo.goesTo('lobby')
  await scheduler.run({ forMs: 1_000 })

  const heard: string[] = []
  bob.client.people.subscribe(() => heard.push('profile'))
  server.fanout.publish([
    { kind: 'profile', user: { ...ann.user, displayName: 'Anna', version: ann.user.version + 1 } },
  ])
  server.fanout.publish([{ kind: 'profile', user: { ...ann.user, displayName: 'An old name' } }])
  await scheduler.run({ forMs: 1_000 })

  expect(heard).toContain('profile')
  expect(bob.client.user(ann.user.id)?.displayName).toBe('Anna')
  expect(ann.client.me.value?.displayName).toBe('Anna')
  expect(cleo.client.user(ann.user.id)?.displayName).toBe('Anna')
  await world.end()
})
