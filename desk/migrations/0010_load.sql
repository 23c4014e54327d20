-- What load showed. A word index that puts off its work makes one filing in thousands wait for all of it.
ALTER INDEX tickets_words SET (fastupdate = off);

-- From PostgreSQL 16 on, whoever creates a role may grant it but not work as it: an account that is no superuser lacks that.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        IF NOT pg_has_role(current_user, 'motcua_staff', 'SET') THEN
            EXECUTE format('GRANT motcua_staff TO %I', current_user);
        END IF;
    END IF;
END $$;
