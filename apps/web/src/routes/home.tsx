import { Navigate } from '@solidjs/router'
import type { JSX } from 'solid-js'

export const HomePage = (): JSX.Element => <Navigate href="/sessions" />
