-- Users of a ClickHouse server, made once by its administrator before the first migration. The local platform makes the
-- same ones from its configuration file. Replace the three passwords; the service reads them from its secrets. The server
-- needs access_control_improvements: select_from_system_db_requires_grant, select_from_information_schema_requires_grant
-- and settings_constraints_replace_previous true, and allow_impersonate_user false.
--
-- A row policy on the reader alone would not isolate: table functions that read a table's index (mergeTreeIndex) walk
-- around policies. So the reader has no rights on the table at all, only on the view analytics.events, which runs with
-- the rights of tenant_rows; its policy shows the organization (or the one site of it) with which the service begins the
-- id of the query, `<org>.…` or `<org>/<site>.…`. No SQL can change that id. A setting in its place could be changed:
-- ClickHouse checks what SETTINGS says in a subquery against neither readonly nor constraints, and `= DEFAULT` nowhere.
-- For the same reason nobody but the service signs in as reader, and people who bring SQL come through the service.

CREATE DATABASE IF NOT EXISTS atrium;
CREATE DATABASE IF NOT EXISTS analytics;

CREATE USER IF NOT EXISTS tenant_rows IDENTIFIED WITH no_authentication HOST NONE;
CREATE USER IF NOT EXISTS migrator IDENTIFIED WITH sha256_password BY 'replace-me-1';
CREATE USER IF NOT EXISTS writer IDENTIFIED WITH sha256_password BY 'replace-me-2';
CREATE USER IF NOT EXISTS reader IDENTIFIED WITH sha256_password BY 'replace-me-3' SETTINGS
  -- An export may take an hour; the service sets ten seconds for everything else.
  max_execution_time = 30 MAX 3600,
  timeout_before_checking_execution_speed = 0,
  max_memory_usage = 536870912 MAX 536870912,
  -- Three queries at a time are one organization's in one task: they leave room for others.
  max_memory_usage_for_user = 4294967296 READONLY,
  max_rows_to_read = 200000000 MAX 200000000,
  max_bytes_to_read = 20000000000 MAX 20000000000,
  max_result_rows = 100000 MAX 100000,
  max_result_bytes = 67108864 MAX 67108864,
  result_overflow_mode = 'throw' READONLY,
  max_threads = 2 MAX 8,
  max_concurrent_queries_for_user = 64 READONLY,
  max_ast_depth = 500 READONLY,
  max_ast_elements = 20000 READONLY,
  max_query_size = 262144 READONLY,
  max_subquery_depth = 50 READONLY,
  max_recursive_cte_evaluation_depth = 100 READONLY,
  allow_ddl = 0 READONLY,
  allow_introspection_functions = 0 READONLY,
  use_query_cache = 0 READONLY,
  use_query_condition_cache = 0 READONLY;

-- Counted for each quota_key, which the service makes the organization, whatever task answers it.
CREATE QUOTA IF NOT EXISTS one_organization KEYED BY client_key, user_name
  FOR INTERVAL 1 minute MAX queries = 3000, execution_time = 240, read_rows = 10000000000 TO reader;

GRANT CREATE, DROP, ALTER, SELECT, INSERT, TRUNCATE, OPTIMIZE ON atrium.* TO migrator;
GRANT CREATE, DROP, ALTER, SELECT ON analytics.* TO migrator;
GRANT SET DEFINER ON tenant_rows TO migrator;
-- ALTER DELETE: events of people and organizations that are erased. ALTER UPDATE: their retention, where it is shortened.
GRANT SELECT, INSERT, ALTER DELETE, ALTER UPDATE ON atrium.* TO writer;
-- When the files of erased rows are gone.
GRANT SELECT ON system.parts TO writer;
GRANT SELECT ON atrium.events TO tenant_rows;
GRANT SELECT ON analytics.* TO reader;

CREATE ROW POLICY OR REPLACE one_organization ON atrium.events
  FOR SELECT USING org_id = toUUIDOrZero(substring(initialQueryID(), 1, 36))
    AND (substring(initialQueryID(), 37, 1) != '/' OR site_id = toUUIDOrZero(substring(initialQueryID(), 38, 36))) TO tenant_rows;
-- Without this, the policy above would hide every row from everyone else.
CREATE ROW POLICY IF NOT EXISTS every_organization ON atrium.events FOR SELECT USING 1 TO writer, migrator;
