import { type Change, useChange as useStepUpChange } from '../step-up/use-change.ts'
import { useAccountSettings } from './account-settings.ts'

/** A change of the account, which Settings then asks for again. */
export const useChange = (): Change => useStepUpChange(useAccountSettings().refresh)
