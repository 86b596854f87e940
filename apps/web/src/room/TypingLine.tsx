import { nameOf, type RoomView } from '@parley/client'
import styles from './TypingLine.module.css'
import { typingWords } from './typing-words.ts'

/** Its line is always kept, so that nothing moves. Never spoken: it would talk over everything. (SPEC I3) */
export function TypingLine({ typing }: { readonly typing: RoomView['typing'] | undefined }) {
  const words = typing ? typingWords(typing.people.map(nameOf), typing.more) : []
  return (
    <div class={styles.line} aria-live="off">
      {words.length > 0 && (
        <p class={styles.words}>
          {words.map((word, index) => (typeof word === 'string' ? word : <bdi key={index}>{word.name}</bdi>))}
        </p>
      )}
    </div>
  )
}
