import { render } from 'preact'
import './kit/tokens.css'
import './kit/base.css'
import './shell/frame.css'
import { App } from './app.tsx'
import { startRouter } from './routes.ts'
import { startSession } from './session.ts'
import { startArrivals } from './shell/arrival.ts'
import { startNotices } from './shell/notices.ts'
import { startClock } from './shell/now.ts'
import { startPageTitle } from './shell/page-title.ts'
import { startShortcuts } from './shell/shortcuts.ts'
import { startWaking } from './shell/wake.ts'
import { startTheme } from './theme.ts'

startTheme()
startRouter()
startClock()
startNotices()
startShortcuts()
startArrivals()
startPageTitle()
startSession()
startWaking()

const place = document.getElementById('app')
if (place) render(<App />, place)
