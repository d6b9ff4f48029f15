-- Writes a job's meta from outside, whatever its state. A job that is gone stays gone.
-- KEYS  1 the queue's prefix
-- ARGV  1 id  2 meta  3 '1' when it must still be what was read  4 what was read, or ''
-- Returns {'saved'}, {'gone'}, or {'changed', what it is by now}
--@include base
local r = read(ARGV[1], 'fn', 'meta')
if not r[1] then return { 'gone' } end
local meta = r[2] or ''
if ARGV[3] == '1' and meta ~= ARGV[4] then return { 'changed', meta } end
call('HSET', job_key(ARGV[1]), 'meta', ARGV[2])
return { 'saved' }
