/** A breath between the parts of a link, for the ear. */
export function Pause() {
  return <span class="visually-hidden">, </span>
}
