/** SPEC S3. `needs_approval` and `needs_input` come with hooks. */
export const SESSION_STATES = ['starting', 'running', 'exited', 'killed', 'lost'] as const
export type SessionState = (typeof SESSION_STATES)[number]

export const isLive = (state: SessionState): boolean => state === 'starting' || state === 'running'
