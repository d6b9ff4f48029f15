#!lua flags=allow-oom
-- Puts a queued job ahead of all that wait at its priority.
-- KEYS  1 the queue's prefix
-- ARGV  1 id
-- Returns 'queued', its state where that is another one ('started' where a worker has it), or 'gone'
--@include base
--@include place
local id = ARGV[1]
local r = read(id, 'fn', 'st', 'pr')
if not r[1] then return 'gone' end
if r[2] then return status_of(r[2]) end
if not call('ZSCORE', base .. 'queued', id) then return 'started' end
-- It stands first already where this is sent again.
call('ZREM', base .. 'queued', id)
into_queue(id, r[3], true)
return 'queued'
