import { checkBoundaries } from './checks/boundaries.ts'

const faults = checkBoundaries()
for (const fault of faults) console.error(fault)
process.exit(faults.length === 0 ? 0 : 1)
