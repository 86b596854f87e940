import { authorise, query } from './query.ts'

export const listOccupants = query('list-occupants', async ({ reader, asker, input, occupancy }) => {
  await authorise(reader, asker, input.roomId)
  const { roomId, version, count, people } = occupancy.occupants(input.roomId)
  return { roomId, version, count, people: [...people] }
})
