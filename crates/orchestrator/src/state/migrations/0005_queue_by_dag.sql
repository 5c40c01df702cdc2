-- How much of a dag waits is counted whenever something is added to it.
create index queue_by_dag on queue (dag);
