-- Users of a ClickHouse server, made once by its administrator before the first migration. The local platform makes the
-- same ones from its configuration file. Replace the four passwords; the service reads them from its secrets.
--
-- A row policy on the reader alone would not isolate: table functions that read a table's index (mergeTreeIndex) walk
-- around policies. So the reader has no rights on the table at all, only on the view analytics.events, which runs with
-- the rights of tenant_rows; its policy shows the organization that the service names in the setting log_comment.
-- The service sends readonly=1 along, so that no query can name another one.

CREATE DATABASE IF NOT EXISTS atrium;
CREATE DATABASE IF NOT EXISTS analytics;

CREATE USER IF NOT EXISTS tenant_rows IDENTIFIED WITH no_authentication HOST NONE;
CREATE USER IF NOT EXISTS migrator IDENTIFIED WITH sha256_password BY 'replace-me-1';
CREATE USER IF NOT EXISTS writer IDENTIFIED WITH sha256_password BY 'replace-me-2';
CREATE USER IF NOT EXISTS reader IDENTIFIED WITH sha256_password BY 'replace-me-3' SETTINGS
  max_execution_time = 30 MAX 30,
  timeout_before_checking_execution_speed = 0,
  max_memory_usage = 536870912 MAX 536870912,
  max_rows_to_read = 200000000 MAX 200000000,
  max_bytes_to_read = 20000000000 MAX 20000000000,
  max_result_rows = 100000 MAX 100000,
  max_result_bytes = 67108864 MAX 67108864,
  result_overflow_mode = 'throw' READONLY,
  max_threads = 2 MAX 8,
  max_concurrent_queries_for_user = 16 READONLY,
  max_ast_depth = 500 READONLY,
  max_ast_elements = 20000 READONLY,
  max_subquery_depth = 50 READONLY,
  allow_ddl = 0 READONLY,
  allow_introspection_functions = 0 READONLY;

GRANT CREATE, DROP, ALTER, SELECT, INSERT, TRUNCATE, OPTIMIZE ON atrium.* TO migrator;
GRANT CREATE, DROP, ALTER, SELECT ON analytics.* TO migrator;
GRANT SET DEFINER ON tenant_rows TO migrator;
-- ALTER DELETE: events of people who are erased.
GRANT SELECT, INSERT, ALTER DELETE ON atrium.* TO writer;
GRANT SELECT ON atrium.events TO tenant_rows;
GRANT SELECT ON analytics.* TO reader;

CREATE ROW POLICY IF NOT EXISTS one_organization ON atrium.events
  FOR SELECT USING org_id = toUUIDOrZero(getSetting('log_comment')) TO tenant_rows;
-- Without this, the policy above would hide every row from everyone else.
CREATE ROW POLICY IF NOT EXISTS every_organization ON atrium.events FOR SELECT USING 1 TO writer, migrator;
