import { adminRouter } from './features/admin/admin.router.ts'
import { authRouter } from './features/auth/auth.router.ts'
import { sessionRouter } from './features/session/session.router.ts'
import { router } from './procedure.ts'

/** Table of contents of everything that Sallyport can do. */
export const appRouter = router({
  auth: authRouter,
  session: sessionRouter,
  admin: adminRouter,
})

export type AppRouter = typeof appRouter
