import { describe, expect, it } from 'vitest';
import { renderServerConfig, renderUsersConfig } from './config-xml.js';
import { usersSchema } from './users.js';

describe('the ClickHouse configuration', () => {
  it('carries no password, only its hash', () => {
    expect(renderUsersConfig({ admin: { password: 'very-secret' } })).not.toContain('very-secret');
  });

  it('escapes what stands between the tags', () => {
    const xml = renderUsersConfig({ reader: { password: 'x', rowPolicies: [{ database: 'd', table: 't', filter: `a < 'b' & 1` }] } });
    expect(xml).toContain('<filter>a &lt; &apos;b&apos; &amp; 1</filter>');
    expect(renderServerConfig({ usersFile: '/a&b', logFile: '/l', backupsDir: '/b/', users: ['admin'] })).toContain('/a&amp;b');
  });

  it('gives a user with grants nothing else, and one without them every right', () => {
    const xml = renderUsersConfig({ some: { password: 'x', grants: ['GRANT SELECT ON d.t'] }, all: { password: 'y' } });
    expect(/<some>.*<\/some>/.exec(xml.slice(xml.indexOf('<users>')))?.[0]).not.toContain('access_management');
    expect(/<all>.*<\/all>/.exec(xml.slice(xml.indexOf('<users>')))?.[0]).toContain('access_management');
  });

  it('refuses names that are not plain identifiers, and the engine user', () => {
    expect(usersSchema.safeParse({ 'a b': { password: 'x' } }).success).toBe(false);
    expect(usersSchema.safeParse({ default: { password: 'x' } }).success).toBe(false);
  });
});
