import { tenantTableSql } from '@atrium/platform/database';

/** SQL of the table in which a service keeps what it was told of sites; for its migration. */
export const siteDirectorySql = (service: string): string => `
  create table "${service}".sites (
    org_id uuid not null,
    site_id uuid not null,
    name text not null,
    deleted boolean not null,
    version integer not null,
    primary key (org_id, site_id)
  );
  ${tenantTableSql(service, 'sites', { grants: 'select, insert, update' })}`;

/** Undoes {@link siteDirectorySql}. */
export const dropSiteDirectorySql = (service: string): string => `drop table "${service}".sites;`;
