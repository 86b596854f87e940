/** Made when first asked for, and then kept: a formatter of dates costs about as much as using it a hundred times. */
export function lazily<Value>(make: () => Value): () => Value {
  let made: Value | undefined
  return () => {
    made ??= make()
    return made
  }
}
