import './ui/tokens.css'
import './ui/base.css'
import './ui/controls.css'
import './ui/overlays.css'
import './ui/app.css'
import './features/auth/auth.css'
import './features/session/session.css'
import './features/session/start.css'
import { render } from 'solid-js/web'
import { App } from './app.tsx'

const root = document.getElementById('app')
if (!root) throw new Error('index.html has no #app')
render(() => <App />, root)
