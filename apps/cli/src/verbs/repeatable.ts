/** Of a flag that may come several times. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value]
