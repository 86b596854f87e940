import { describe } from 'bun:test'
import { authContract } from './auth.contract.ts'
import { testDatabases } from './test-databases.contract.ts'

for (const [name, open] of testDatabases) describe(`better-auth on ${name}`, () => authContract(open))
