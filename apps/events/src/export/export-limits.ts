/** Exports of one organization, and of all, that one process makes at a time. */
export const parallelExports = { ofOrganization: 2, ofAll: 4 } as const;
/** Seconds that one export may take, the client's slowness included. */
export const maxExportSeconds = 3_600;
