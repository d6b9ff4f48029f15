#!lua flags=allow-oom
-- Asks the worker that runs a job to stop it.
-- KEYS  1 the queue's prefix
-- ARGV  1 id  2 the queue's name  3 prefix of the workers' control channels
-- Returns {'asked', worker}, or {its state}, or {'gone'}
--@include base
local r = read(ARGV[1], 'fn', 'st', 'w')
if not r[1] then return { 'gone' } end
if r[2] ~= 'started' then return { status_of(r[2]) } end
call('PUBLISH', ARGV[3] .. r[3], 'stop ' .. ARGV[1] .. '@' .. ARGV[2])
return { 'asked', r[3] }
