/** One running process of this deployment, named anew at each start. */
export type InstanceId = string & { readonly __brand: 'InstanceId' }
