/** The room that lies `step` rows further in the sidebar, round and round; from elsewhere the first or last. */
export function roomAfter<Room extends { readonly id: string; readonly unread: number }>(
  rooms: readonly Room[],
  currentId: string | undefined,
  step: 1 | -1,
  onlyUnread: boolean,
): Room | undefined {
  const at = rooms.findIndex((room) => room.id === currentId)
  const start = at < 0 && step < 0 ? rooms.length : at
  for (let distance = 1; distance <= rooms.length; distance += 1) {
    const room = rooms[(start + step * distance + rooms.length * 2) % rooms.length]
    if (room && room.id !== currentId && (!onlyUnread || room.unread > 0)) return room
  }
  return undefined
}
