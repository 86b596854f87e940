import type { ChatClient } from '@parley/client'
import type { OwnStanding, Room, UserId } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'

/** What somebody is in a room, asked when it is needed. `none`: no member. Undefined: not known. */
export function useMember(
  chat: ChatClient,
  room: Room | undefined,
  userId: UserId,
): readonly [OwnStanding | 'none' | undefined, () => void] {
  const [standing, setStanding] = useState<OwnStanding | 'none'>()
  const [asked, setAsked] = useState(0)
  const roomId = room?.kind === 'direct' ? undefined : room?.id
  useEffect(() => {
    if (!roomId) return
    let isCurrent = true
    chat.listMembers({ roomId, userId, limit: 1 }).then(
      ({ members }) => {
        if (isCurrent) setStanding(members[0] ?? 'none')
      },
      () => undefined, // Refused or withdrawn: then the card offers nothing that needs it.
    )
    return () => {
      isCurrent = false
    }
  }, [chat, roomId, userId, asked])
  return [standing, () => setAsked((times) => times + 1)]
}
