CREATE TABLE customers (
  id INT PRIMARY KEY AUTO_INCREMENT,
  name VARCHAR(60) NOT NULL,
  email VARCHAR(80) NOT NULL,
  card VARCHAR(19),
  city VARCHAR(40),
  joined DATE NOT NULL
);
INSERT INTO customers (name, email, card, city, joined) VALUES
  ('Ada Lovelace', 'ada@example.com', '4111-1111-1111-1111', 'London', '2023-01-14'),
  ('Grace Hopper', 'grace@example.com', '5500-0000-0000-0004', 'New York', '2023-02-02'),
  ('Edsger Dijkstra', 'edsger@example.com', '3400-0000-0000-009', 'Rotterdam', '2023-03-19'),
  ('Barbara Liskov', 'barbara@example.com', '6011-0000-0000-0004', 'Boston', '2023-05-07'),
  ('Donald Knuth', 'donald@example.com', NULL, 'Stanford', '2023-08-21'),
  ('Radia Perlman', 'radia@example.com', '4222-2222-2222-2', 'Portsmouth', '2024-01-30'),
  ('Alan Turing', 'alan@example.com', '4012-8888-8888-1881', 'Wilmslow', '2024-06-23'),
  ('Mary Kenneth Keller', 'mary@example.com', NULL, 'Dubuque', '2024-11-11');

CREATE TABLE products (
  id INT PRIMARY KEY AUTO_INCREMENT,
  name VARCHAR(60) NOT NULL,
  price DECIMAL(8,2) NOT NULL,
  stock INT NOT NULL
);
INSERT INTO products (name, price, stock) VALUES
  ('Sluice gate', 1250.00, 4),
  ('Penstock valve', 890.50, 11),
  ('Turbine blade', 310.25, 60),
  ('Trash rack', 145.00, 25),
  ('Pressure gauge', 39.90, 200),
  ('Flow meter', 219.00, 35);

CREATE TABLE orders (
  id INT PRIMARY KEY AUTO_INCREMENT,
  customer_id INT NOT NULL,
  ordered DATETIME NOT NULL,
  status VARCHAR(12) NOT NULL
);
INSERT INTO orders (customer_id, ordered, status) VALUES
  (1, '2025-01-05 09:12:00', 'delivered'),
  (2, '2025-01-17 14:40:31', 'delivered'),
  (1, '2025-02-03 08:00:10', 'delivered'),
  (3, '2025-02-28 23:59:59', 'returned'),
  (4, '2025-03-12 11:11:11', 'delivered'),
  (6, '2025-04-01 00:00:01', 'shipped'),
  (7, '2025-04-22 17:25:00', 'shipped'),
  (5, '2025-05-09 10:30:45', 'paid'),
  (2, '2025-05-10 12:05:00', 'paid'),
  (8, '2025-05-11 19:45:12', 'new');

CREATE TABLE order_lines (
  order_id INT NOT NULL,
  product_id INT NOT NULL,
  quantity INT NOT NULL,
  PRIMARY KEY (order_id, product_id)
);
INSERT INTO order_lines (order_id, product_id, quantity) VALUES
  (1, 1, 1), (1, 5, 4), (2, 3, 12), (3, 2, 2), (4, 4, 1), (5, 6, 3), (5, 5, 3),
  (6, 3, 24), (7, 1, 1), (7, 2, 1), (8, 5, 10), (9, 6, 1), (10, 4, 2), (10, 5, 1);
