import type { ChatClient } from '@parley/client'
import type { RoomId } from '@parley/protocol'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

type SetText = (text: string, how?: { readonly isSent?: boolean }) => void

/** What is being written in a room, kept on this device with every keystroke. */
export function useDraft(chat: ChatClient, roomId: RoomId): readonly [string, SetText] {
  const [text, setText] = useState('')
  const isTouched = useRef(false)
  useEffect(() => {
    let isCurrent = true
    isTouched.current = false
    void chat.drafts.get(roomId).then((kept) => {
      // Whoever typed before the disk answered goes on from there.
      if (isCurrent && !isTouched.current) setText(kept)
    })
    return () => {
      isCurrent = false
    }
  }, [chat, roomId])
  const set = useCallback<SetText>(
    (value, { isSent = false } = {}) => {
      isTouched.current = true
      setText(value)
      // What was sent left the drafts with the same write that put it into the outbox.
      if (!isSent) void chat.drafts.set(roomId, value)
    },
    [chat, roomId],
  )
  return [text, set]
}
