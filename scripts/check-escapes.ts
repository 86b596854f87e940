import { checkEscapes } from './checks/escapes.ts'

const faults = checkEscapes()
for (const fault of faults) console.error(fault)
process.exit(faults.length === 0 ? 0 : 1)
