-- An account is of one unit: what it sees is compared with that unit as a whole, nowhere with a list.
ALTER TABLE staff ADD CONSTRAINT staff_one_unit CHECK (unit_id NOT LIKE '%,%');
CREATE OR REPLACE FUNCTION sees_unit(unit text, area text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT unit <> '' AND unit = current_setting('motcua.unit', true)
        OR current_setting('motcua.all_units', true) = 'yes'  -- of an area: sorters, auditors, administrators
           AND (current_setting('motcua.area', true) = '' OR area = current_setting('motcua.area', true)
                OR starts_with(area, current_setting('motcua.area', true) || '/'))
$$;
