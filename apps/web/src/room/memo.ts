import { Component, type ComponentType, type FunctionComponent, h } from 'preact'

/** Renders again only when a prop is another value than before. */
export function memo<Props extends object>(Inner: FunctionComponent<Props>): ComponentType<Props> {
  return class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const before = this.props as Readonly<Props> // as: Preact adds `children` and `ref` to the type
      const keys = new Set([...Object.keys(before), ...Object.keys(next)]) as Set<keyof Props> // as: they are its keys
      for (const key of keys) if (!Object.is(before[key], next[key])) return true
      return false
    }

    override render() {
      return h(Inner, this.props)
    }
  }
}
