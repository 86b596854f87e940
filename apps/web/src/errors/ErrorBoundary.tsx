import { Component, type ComponentChildren, type ErrorInfo } from 'preact'
import { Crash } from './Crash.tsx'

interface Props {
  readonly children: ComponentChildren
  /** The whole page is lost, not only a screen of it. */
  readonly isPage?: boolean
}

interface State {
  readonly error: unknown
  readonly hasFailed: boolean
}

/** Catches what breaks while a part of the page is drawn, so that the rest stays, and drafts with it. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined, hasFailed: false }

  static override getDerivedStateFromError(error: unknown): State {
    return { error, hasFailed: true }
  }

  override componentDidCatch(error: unknown, _info: ErrorInfo): void {
    reportError(error)
  }

  render({ children, isPage = false }: Props, { error, hasFailed }: State) {
    return hasFailed ? <Crash error={error} isPage={isPage} /> : children
  }
}
