import styles from './SignIn.module.css'

export interface SuggestionProps {
  readonly name: string
  readonly onSelect: (name: string) => void
}

/** A free name like the one that was taken. */
export function Suggestion({ name, onSelect }: SuggestionProps) {
  return (
    <p class={styles.suggestion}>
      <span>Still free:</span>
      <button type="button" class={styles.chip} onClick={() => onSelect(name)}>
        <span class="visually-hidden">Use </span>
        <bdi>{name}</bdi>
      </button>
    </p>
  )
}
