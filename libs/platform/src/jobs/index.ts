export { attemptEach } from './attempt-each.js';
export { RecurringJob, type JobSchedule } from './recurring-job.js';
