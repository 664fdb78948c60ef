-- Every kind of value and object that is easily lost on the way.
SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', time_zone='+00:00';

CREATE TABLE floats (id INT AUTO_INCREMENT PRIMARY KEY, f FLOAT, d DOUBLE, n DECIMAL(65,30)) AUTO_INCREMENT=1000;
INSERT INTO floats (f, d, n) VALUES
  (3.402823466e38, 1.7976931348623157e308, 99999999999999999999999999999999999.999999999999999999999999999999),
  (-3.402823466e38, -1.7976931348623157e308, -99999999999999999999999999999999999.999999999999999999999999999999),
  (1.175494351e-38, 2.2250738585072014e-308, -0.000000000000000000000000000001),
  (1.4e-45, 4.9e-324, 0), (16777217, 1/3e0, NULL), (1/3e0, 0.1, 1), (-0.0e0, -0.0e0, 1), (NULL, NULL, NULL);

CREATE TABLE bits (one BIT(1), nine BIT(9), all64 BIT(64), four BINARY(4), few VARBINARY(10), bytes BLOB, tiny TINYBLOB, big LONGBLOB);
INSERT INTO bits VALUES
  (b'1', b'101010101', ~0, 'a', '', X'00FF5C270A0D1A22', X'', X'2D2D20'), (b'0', 0, 0, X'00000000', X'00', '', '\\', '''),\n('),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE documents (j JSON, g GEOMETRY, p POINT, l LINESTRING, c GEOMETRYCOLLECTION);
INSERT INTO documents VALUES
  ('{"a": [1, "ä😀", "\\u00e4", null],  "a": 1.0}', ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))', 4326), ST_GeomFromText('POINT(1.1 -2e-5)'), NULL,
   ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')),
  (NULL, NULL, NULL, ST_GeomFromText('LINESTRING(0 0,1 1,2 2)', 25832), NULL);

CREATE TABLE texts (id INT PRIMARY KEY, four VARCHAR(50) CHARACTER SET utf8mb4, three VARCHAR(50) CHARACTER SET utf8mb3, latin VARCHAR(50) CHARACTER SET latin1,
  ascii7 VARCHAR(50) CHARACTER SET ascii, two VARCHAR(50) CHARACTER SET ucs2, sixteen VARCHAR(50) CHARACTER SET utf16, thirtytwo TEXT CHARACTER SET utf32,
  japanese VARCHAR(50) CHARACTER SET sjis, c CHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_german2_ci);
INSERT INTO texts VALUES
  (1, '😀 O''Brien \\ "x" \n\r\t\0\Z %s', 'äöüß€', 'ßäÄ', 'plain', 'äö', '😀', '😀', 'カタカナソ能', 'Ä  '), (2, '', '', '', '', '', '', '', '', ''),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (4, 'INSERT INTO `x` VALUES\n(1);\n', '),\n(', ';', '--', '/*', '\\', '\\\\', '\'', '`');

-- Bytes that no letter has.
CREATE TABLE undefined (x VARCHAR(9) CHARACTER SET latin1);
INSERT INTO undefined VALUES (X'818D00FF');

CREATE TABLE moments (d DATE, dt DATETIME(6), ts TIMESTAMP(6) NULL, t TIME(3), y YEAR, u UUID, i4 INET4, i6 INET6);
INSERT INTO moments VALUES
  ('0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '-838:59:59', 0, '123e4567-e89b-12d3-a456-426655440000', '192.0.2.1', '::1'),
  ('2024-00-00', '9999-12-31 23:59:59.999999', '2025-10-26 00:30:00.123456', '00:00:00.001', 2155, NULL, NULL, NULL),
  ('1000-01-01', '2025-03-30 02:30:00', '2025-10-26 01:30:00', '838:59:59.999', 1901, NULL, NULL, '2001:db8::');

CREATE TABLE made (a INT, v INT AS (a * 2) VIRTUAL, s VARCHAR(20) AS (CONCAT('x', a)) STORED, hidden INT INVISIBLE DEFAULT 7, z TEXT COMPRESSED, KEY (s), UNIQUE (v));
INSERT INTO made (a, hidden, z) VALUES (1, 1, REPEAT('ä', 1000)), (2, NULL, 'x'), (NULL, 7, NULL);

CREATE TABLE versions (id INT PRIMARY KEY, x TEXT) WITH SYSTEM VERSIONING;
INSERT INTO versions VALUES (1, 'a'), (2, 'b'), (3, 'c');
UPDATE versions SET x = 'changed' WHERE id = 1;
DELETE FROM versions WHERE id = 2;
CREATE TABLE periods (id INT PRIMARY KEY, x TEXT, since TIMESTAMP(6) GENERATED ALWAYS AS ROW START, until TIMESTAMP(6) GENERATED ALWAYS AS ROW END,
  PERIOD FOR SYSTEM_TIME (since, until)) WITH SYSTEM VERSIONING;
INSERT INTO periods (id, x) VALUES (1, 'a'), (2, 'b');
UPDATE periods SET x = 'changed' WHERE id = 1;

CREATE SEQUENCE numbers START WITH 100 INCREMENT BY 5 CACHE 10;
SELECT NEXTVAL(numbers), NEXTVAL(numbers);
CREATE SEQUENCE untouched START WITH -5 INCREMENT BY -1 MINVALUE -100 MAXVALUE -1 CYCLE NOCACHE;

CREATE TABLE choices (e ENUM('a', 'b''c', 'ü', ''), s SET('x', 'y', 'z'), not_null ENUM('x', 'y') NOT NULL);
INSERT IGNORE INTO choices VALUES ('a', 'x,z', 'x'), ('', '', ''), (NULL, NULL, 'y'), ('none of them', 'y', 'none of them');

CREATE TABLE counted (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, x TEXT) AUTO_INCREMENT=500;
INSERT INTO counted VALUES (0, 'zero'), (18446744073709551000, 'large');
INSERT INTO counted (x) VALUES ('gone');
DELETE FROM counted WHERE x = 'gone';

CREATE TABLE no_key (a INT, b TEXT);
INSERT INTO no_key VALUES (1, 'twice'), (1, 'twice'), (NULL, NULL), (NULL, NULL), (NULL, '');

CREATE TABLE chicken (id INT PRIMARY KEY, egg INT NOT NULL);
CREATE TABLE egg (id INT PRIMARY KEY, chicken INT NOT NULL, FOREIGN KEY (chicken) REFERENCES chicken (id));
SET foreign_key_checks=0; INSERT INTO chicken VALUES (1, 1); INSERT INTO egg VALUES (1, 1); SET foreign_key_checks=1;
ALTER TABLE chicken ADD FOREIGN KEY (egg) REFERENCES egg (id);

CREATE TABLE checked (x INT CHECK (x > 0));
SET check_constraint_checks=0; INSERT INTO checked VALUES (1), (-1); SET check_constraint_checks=1;

CREATE TABLE parted (k INT, x TEXT) PARTITION BY LIST (k) (PARTITION p1 VALUES IN (1, 2), PARTITION p2 VALUES IN (3, NULL));
INSERT INTO parted VALUES (1, 'a'), (3, 'b'), (NULL, 'c');
CREATE TABLE isam (x INT, t TEXT, FULLTEXT (t)) ENGINE=MyISAM; INSERT INTO isam VALUES (1, 'eins'), (1, 'eins');
CREATE TABLE aria (x INT) ENGINE=Aria; INSERT INTO aria VALUES (1), (2);
CREATE TABLE empty (x INT);

CREATE TABLE audited (id INT PRIMARY KEY, x TEXT);
CREATE TABLE audit (what TEXT);
DELIMITER //
CREATE TRIGGER audited_insert AFTER INSERT ON audited FOR EACH ROW BEGIN INSERT INTO audit VALUES (CONCAT('in ', NEW.id)); END//
CREATE TRIGGER audited_before BEFORE INSERT ON audited FOR EACH ROW SET NEW.x = CONCAT(NEW.x, '!')//
CREATE FUNCTION doubled(x INT) RETURNS INT DETERMINISTIC BEGIN RETURN x * 2; END//
CREATE PROCEDURE clear_audit() BEGIN DELETE FROM audit WHERE what = 'a;b'; END//
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'nächtlich' DO BEGIN CALL clear_audit(); END//
DELIMITER ;
INSERT INTO audited VALUES (1, 'a'), (2, 'b');
CREATE VIEW a_view_of_a_view AS SELECT 1 AS x;
CREATE VIEW doubled_view AS SELECT id, doubled(id) AS twice FROM audited;
CREATE OR REPLACE VIEW a_view_of_a_view AS SELECT twice FROM doubled_view;
