import { describe } from 'bun:test'
import { accountsContract } from './accounts.contract.ts'
import { testDatabases } from './test-databases.contract.ts'

for (const [name, open] of testDatabases) describe(`accounts on ${name}`, () => accountsContract(open))
