/** The API versions on the wire: packages runtime.v1 and runtime.v1alpha2, the same messages in both. */
export const criVersions = ['v1', 'v1alpha2'] as const;
export type CriVersion = (typeof criVersions)[number];
