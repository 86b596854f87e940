import type { ChatClient } from '@parley/client'
import type { RoomId } from '@parley/protocol'

export interface RoomScreenProps {
  readonly chat: ChatClient
  readonly roomId: RoomId
}

export function RoomScreen({ chat, roomId }: RoomScreenProps) {
  return <h1>{chat.rememberedRoomName(roomId)}</h1>
}
