export { RecurringJob, type JobSchedule } from './recurring-job.js';
