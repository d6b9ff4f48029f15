#!lua flags=allow-oom
-- Deletes a job that no worker holds. Those who wait for it are told, its dependents are canceled.
-- KEYS  1 the queue's prefix
-- ARGV  1 id
-- Returns {'deleted', owed}, or {'started'}, or {'gone'}
--@include base
--@include conclude
local now = clock()
local id = ARGV[1]
local r = read(id, 'fn', 'st', 'nx')
if not r[1] then return { 'gone' } end
local st = r[2] or 'queued'
if st == 'started' or (call('ZREM', base .. st, id) == 0 and st == 'queued') then return { 'started' } end
local watch = call('HGET', base .. 'watched', id) or r[3]
if call('EXISTS', base .. 'dependents:' .. id) == 1 then watch = '+,' .. (watch or '') end
call('ZREM', base .. 'outbox', 'reg:' .. id)
conclude(id, 'deleted', now, 0, true, watch, '')
unlink(id)
return { 'deleted', owed }
